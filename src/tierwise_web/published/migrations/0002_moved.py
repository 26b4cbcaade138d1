from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = (("published", "0001_initial"),)
    operations = (
        migrations.CreateModel(
            name="Moved",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("code", models.CharField(max_length=100, unique=True)),
                ("owner", models.CharField(max_length=300, null=True, db_index=True)),
                ("backup", models.CharField(max_length=300, null=True)),
                ("team", models.CharField(max_length=300, null=True, db_index=True)),
                ("agent_code", models.CharField(max_length=300, null=True)),
                ("was_owner", models.CharField(max_length=300, null=True, db_index=True)),
                ("was_backup", models.CharField(max_length=300, null=True)),
                ("was_team", models.CharField(max_length=300, null=True, db_index=True)),
                ("was_agent_code", models.CharField(max_length=300, null=True)),
            ],
        ),
    )
