from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = (("editing", "0003_group"),)
    operations = (migrations.AddField("change", "acknowledged_at", models.DateTimeField(null=True)),)
