"""How many names somebody tried: guesses at many names are more than one guess made many times."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("audit", "0002_repeats")]

    operations = [migrations.AddField("repeat", "others", models.JSONField(default=list))]
